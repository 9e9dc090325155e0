// A plugin whose module never finishes loading.
for (;;);
