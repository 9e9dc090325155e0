// Words of a text, counted: src/plugin.js of what `tenon new plugin --lang js --boundary component` makes.
// The engine in the component has no tables of Unicode properties: a-z, and what lies beyond ASCII, are letters here.
const wordsOf = (text) => text.toLowerCase().match(/[a-z\u0080-\uffff]+/g) ?? [];

export const words = {
  count: (text) => wordsOf(text).length,

  mostCommon(text, top) {
    const counts = new Map();
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, top);
  },
};
