package main

import (
	"regexp"
	"strconv"
	"strings"

	"tenon.dev/builder-go/generated/builder"
)

// `./gate.go:12:3: undefined: nand`, as the compiler and vet print; go.mod has no column.
var place = regexp.MustCompile(`^(?:\./)?([^:\s]+\.(?:go|mod)):(\d+)(?::(\d+))?: (.*)$`)

// diagnosticsOf reads what go prints to standard error; where it says nothing of a place, the whole text is one message.
func diagnosticsOf(text string) []*builder.Diagnostic {
	var found []*builder.Diagnostic
	for _, line := range strings.Split(text, "\n") {
		parts := place.FindStringSubmatch(strings.TrimSpace(line))
		if parts == nil {
			continue
		}
		diagnostic := &builder.Diagnostic{
			Severity: builder.Severity_SEVERITY_ERROR,
			Message:  parts[4],
			File:     &parts[1],
			Line:     number(parts[2]),
			Column:   number(parts[3]),
		}
		found = append(found, diagnostic)
	}
	if len(found) > 0 {
		return found
	}
	message := strings.TrimSpace(text)
	if message == "" {
		message = "go failed without a message"
	}
	return []*builder.Diagnostic{{Severity: builder.Severity_SEVERITY_ERROR, Message: message}}
}

func number(text string) *uint32 {
	value, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return nil
	}
	result := uint32(value)
	return &result
}
