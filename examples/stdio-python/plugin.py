import collections, json, re, sys
def words(text): return re.findall(r"[^\W\d_]+", text.lower())
functions = {
    "words.count": lambda text: len(words(text)),
    "words.most-common": lambda text, top: collections.Counter(words(text)).most_common(top),
}
print('{"tenon": 1, "encoding": "json-rpc", "contract": "demo:words/plugin@1.0.0"}', flush=True)
for call in map(json.loads, sys.stdin):
    if "method" in call and "id" in call:
        print(json.dumps({"id": call["id"], "result": functions[call["method"]](**call["params"])}), flush=True)
