#!/usr/bin/env node
// Starts the built program; a committed file, so that npm can link it before the first build.
await import("../dist/main.js");
