package main

// The canonical ABI's side of memory: what the host writes before a call, and what it reads after one.

import (
	"math"
	"unsafe"
)

// Memory that the host knows the address of. The collector does not move it; this keeps it from being freed.
var pinned [][]uint64

// Calls that have begun and whose results the host has not read yet: the host may call while it is being called.
var depth int

//go:wasmexport cabi_realloc
func cabiRealloc(old uint32, oldSize uint32, align uint32, size uint32) uint32 {
	made := alloc(size)
	if oldSize > 0 {
		copy(view(made, size), view(old, oldSize))
	}
	return made
}

// alloc gives zeroed memory, aligned for every type, that is there until the call is over.
func alloc(size uint32) uint32 {
	words := make([]uint64, size/8+1)
	pinned = append(pinned, words)
	return uint32(uintptr(unsafe.Pointer(&words[0])))
}

func enter() { depth++ }

func leave() {
	depth--
	if depth == 0 {
		pinned = nil
	}
}

func at[T any](address uint32) *T { return (*T)(unsafe.Pointer(uintptr(address))) }

func view(address uint32, size uint32) []byte { return unsafe.Slice(at[byte](address), size) }

func load[T any](address uint32) T { return *at[T](address) }

func store[T any](address uint32, value T) { *at[T](address) = value }

func loadBool(address uint32) bool { return load[uint8](address) != 0 }

func storeBool(address uint32, value bool) {
	if value {
		store[uint8](address, 1)
	} else {
		store[uint8](address, 0)
	}
}

func loadString(address uint32) string {
	return string(view(load[uint32](address), load[uint32](address+4)))
}

func storeString(address uint32, value string) {
	to := alloc(uint32(len(value)))
	copy(view(to, uint32(len(value))), value)
	store(address, to)
	store(address+4, uint32(len(value)))
}

func loadList[T any](address uint32, size uint32, item func(uint32) T) []T {
	from, length := load[uint32](address), load[uint32](address+4)
	list := make([]T, length)
	for i := range list {
		list[i] = item(from + uint32(i)*size)
	}
	return list
}

func storeList[T any](address uint32, size uint32, list []T, item func(uint32, T)) {
	to := alloc(uint32(len(list)) * size)
	for i, one := range list {
		item(to+uint32(i)*size, one)
	}
	store(address, to)
	store(address+4, uint32(len(list)))
}

func bitsOfFloat(value float32) uint32 { return math.Float32bits(value) }

func floatOfBits(bits uint32) float32 { return math.Float32frombits(bits) }

func bitsOfDouble(value float64) uint64 { return math.Float64bits(value) }

func doubleOfBits(bits uint64) float64 { return math.Float64frombits(bits) }
