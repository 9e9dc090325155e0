// circuit simulates the netlists that are built into it.
package main

import (
	_ "embed"
	"fmt"
	"os"

	"example.org/circuit/logic"
	"example.org/circuit/netlist"
)

//go:embed adder.net
var adder string

//go:embed counter.net
var counter string

func load(name, text string) *logic.Circuit {
	circuit, err := netlist.Parse(text)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
	gates, latches := circuit.Size()
	fmt.Printf("%s: %d gates, %d latches, depth %d\n", name, gates, latches, circuit.Depth())
	return circuit
}

func main() {
	truthTable(load("adder", adder))
	waves(load("counter", counter), 24, func(step int) bool { return step%8 != 7 })
	for _, broken := range []string{"not a a", "and a b", "input a\nnot a a", "maybe x y z"} {
		_, err := netlist.Parse(broken)
		fmt.Println("refused:", err)
	}
}
