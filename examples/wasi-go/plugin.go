// Words of a text, counted: plugin.go of what `tenon new plugin --lang go` makes.
package main

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

func WordsCount(text string) uint32 { return uint32(len(words(text))) }

func WordsMostCommon(text string, top uint32) []Tuple2[string, uint32] {
	counts := make(map[string]uint32)
	for _, word := range words(text) {
		counts[word]++
	}
	var sorted []Tuple2[string, uint32]
	for word, count := range counts {
		sorted = append(sorted, Tuple2[string, uint32]{word, count})
	}
	slices.SortFunc(sorted, func(a, b Tuple2[string, uint32]) int {
		return cmp.Or(cmp.Compare(b.F1, a.F1), cmp.Compare(a.F0, b.F0))
	})
	return sorted[:min(int(top), len(sorted))]
}

func words(text string) []string {
	isNoLetter := func(character rune) bool { return !unicode.IsLetter(character) }
	return strings.FieldsFunc(strings.ToLower(text), isNoLetter)
}

// Nothing runs by itself: the host calls what contract.go exports.
func main() {}
