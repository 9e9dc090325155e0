package main

import (
	"fmt"
	"strings"

	"example.org/circuit/logic"
)

func bit(value bool) string {
	if value {
		return "1"
	}
	return "0"
}

func row(values []bool) string {
	bits := make([]string, len(values))
	for i, value := range values {
		bits[i] = bit(value)
	}
	return strings.Join(bits, " ")
}

// truthTable tries all inputs; only for circuits without latches.
func truthTable(c *logic.Circuit) {
	for number := range 1 << len(c.Inputs) {
		inputs := make([]bool, len(c.Inputs))
		for i := range inputs {
			inputs[i] = number>>i&1 == 1
		}
		fmt.Printf("  %s -> %s\n", row(inputs), row(c.Step(inputs)))
	}
}

// waves runs the circuit and draws each output as a line.
func waves(c *logic.Circuit, steps int, input func(step int) bool) {
	lines := make([]strings.Builder, len(c.Outputs))
	for step := range steps {
		for i, value := range c.Step([]bool{input(step)}) {
			lines[i].WriteString(map[bool]string{true: "‾", false: "_"}[value])
		}
	}
	for i, wire := range c.Outputs {
		fmt.Printf("  %s %s\n", c.Name(wire), lines[i].String())
	}
}
