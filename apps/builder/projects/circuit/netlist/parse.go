// Package netlist reads circuits from text: one gate a line, its kind, the wire it drives, the wires it reads.
package netlist

import (
	"fmt"
	"strings"

	"example.org/circuit/logic"
)

// Parse reads a netlist; errors name the line.
func Parse(text string) (*logic.Circuit, error) {
	p := parser{wires: map[string]int{}}
	for number, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := p.line(words); err != nil {
			return nil, fmt.Errorf("line %d: %w", number+1, err)
		}
	}
	return logic.New(p.names, p.inputs, p.outputs, p.gates)
}

type parser struct {
	wires           map[string]int
	names           []string
	inputs, outputs []int
	gates           []logic.Gate
}

func (p *parser) wire(name string) int {
	if _, ok := p.wires[name]; !ok {
		p.wires[name] = len(p.names)
		p.names = append(p.names, name)
	}
	return p.wires[name]
}

func (p *parser) all(names []string) []int {
	wires := make([]int, len(names))
	for i, name := range names {
		wires[i] = p.wire(name)
	}
	return wires
}

func (p *parser) line(words []string) error {
	switch words[0] {
	case "input":
		p.inputs = append(p.inputs, p.all(words[1:])...)
		return nil
	case "output":
		p.outputs = append(p.outputs, p.all(words[1:])...)
		return nil
	}
	kind, inputs, err := logic.KindOf(words[0])
	if err != nil {
		return err
	}
	if len(words) != inputs+2 {
		return fmt.Errorf("%s takes %d wires, got %d", words[0], inputs+1, len(words)-1)
	}
	p.gates = append(p.gates, logic.Gate{Kind: kind, Out: p.wire(words[1]), Inputs: p.all(words[2:])})
	return nil
}
