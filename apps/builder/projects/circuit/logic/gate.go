// Package logic has gates and circuits of them.
package logic

import "fmt"

// Kind is what a gate does with its inputs.
type Kind int

const (
	And Kind = iota
	Or
	Xor
	Nand
	Not
	// Latch takes over its input at the end of a step.
	Latch
)

var kinds = map[string]struct {
	kind   Kind
	inputs int
}{
	"and": {And, 2}, "or": {Or, 2}, "xor": {Xor, 2}, "nand": {Nand, 2}, "not": {Not, 1}, "latch": {Latch, 1},
}

// KindOf finds a kind by its name in netlists, and how many inputs it takes.
func KindOf(name string) (Kind, int, error) {
	found, ok := kinds[name]
	if !ok {
		return 0, 0, fmt.Errorf("there is no gate %q", name)
	}
	return found.kind, found.inputs, nil
}

// Gate drives one wire from others; wires are numbers.
type Gate struct {
	Kind   Kind
	Out    int
	Inputs []int
}

func (g Gate) eval(wires []bool) bool {
	a := wires[g.Inputs[0]]
	switch g.Kind {
	case Not, Latch:
		return a != (g.Kind == Not)
	case And:
		return a && wires[g.Inputs[1]]
	case Or:
		return a || wires[g.Inputs[1]]
	case Nand:
		return !(a && wires[g.Inputs[1]])
	default:
		return a != wires[g.Inputs[1]]
	}
}
