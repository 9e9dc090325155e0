package logic

import "fmt"

// Circuit is a set of gates in an order in which each stands behind those that drive it.
type Circuit struct {
	Inputs, Outputs []int
	names           []string
	gates, latches  []Gate
	wires           []bool
}

// New orders the gates. It fails for a loop without a latch in it, and for a wire that nothing or more than one thing drives.
func New(names []string, inputs, outputs []int, gates []Gate) (*Circuit, error) {
	c := &Circuit{Inputs: inputs, Outputs: outputs, names: names, wires: make([]bool, len(names))}
	driver := make(map[int]*Gate, len(gates))
	ready := make([]bool, len(names))
	for _, wire := range inputs {
		ready[wire] = true
	}
	for i := range gates {
		gate := &gates[i]
		if driver[gate.Out] != nil || ready[gate.Out] {
			return nil, fmt.Errorf("wire %s is driven twice", names[gate.Out])
		}
		driver[gate.Out] = gate
		if gate.Kind == Latch {
			c.latches = append(c.latches, *gate)
			ready[gate.Out] = true
		}
	}
	visiting := make([]bool, len(names))
	var visit func(wire int) error
	visit = func(wire int) error {
		if ready[wire] {
			return nil
		}
		gate := driver[wire]
		switch {
		case gate == nil:
			return fmt.Errorf("nothing drives wire %s", names[wire])
		case visiting[wire]:
			return fmt.Errorf("wire %s depends on itself", names[wire])
		}
		visiting[wire] = true
		for _, input := range gate.Inputs {
			if err := visit(input); err != nil {
				return err
			}
		}
		ready[wire] = true
		c.gates = append(c.gates, *gate)
		return nil
	}
	for wire := range names {
		if err := visit(wire); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Step sets the inputs, settles the gates and returns the outputs; then the latches take over.
func (c *Circuit) Step(inputs []bool) []bool {
	for i, wire := range c.Inputs {
		c.wires[wire] = inputs[i]
	}
	for _, gate := range c.gates {
		c.wires[gate.Out] = gate.eval(c.wires)
	}
	out := make([]bool, len(c.Outputs))
	for i, wire := range c.Outputs {
		out[i] = c.wires[wire]
	}
	next := make([]bool, len(c.latches))
	for i, latch := range c.latches {
		next[i] = latch.eval(c.wires)
	}
	for i, latch := range c.latches {
		c.wires[latch.Out] = next[i]
	}
	return out
}

// Depth is the longest way from an input or a latch to a wire, in gates.
func (c *Circuit) Depth() int {
	depth := make([]int, len(c.wires))
	longest := 0
	for _, gate := range c.gates {
		for _, input := range gate.Inputs {
			depth[gate.Out] = max(depth[gate.Out], depth[input]+1)
		}
		longest = max(longest, depth[gate.Out])
	}
	return longest
}

// Name is the name of a wire.
func (c *Circuit) Name(wire int) string { return c.names[wire] }

// Size counts gates and latches.
func (c *Circuit) Size() (gates, latches int) { return len(c.gates), len(c.latches) }
