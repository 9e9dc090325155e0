package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"tenon.dev/builder-go/generated/builder"
	"tenon.dev/builder-go/generated/report"
	"tenon.dev/builder-go/generated/tools"
	tenon "tenon.dev/go"
)

// The variables by which go is told what to build for.
var targets = map[string][][2]string{
	"native": nil,
	"wasip1": {{"GOOS", "wasip1"}, {"GOARCH", "wasm"}},
}

func (goBuilder) Build(ctx context.Context, wrapped *builder.BuildRequest_) (*builder.BuildResponse, error) {
	request := wrapped.Request
	target := "native"
	if request.Target != nil {
		target = *request.Target
	}
	env, isKnown := targets[target]
	if !isKnown {
		return failed(&builder.BuildError{Value: &builder.BuildError_Unsupported{
			Unsupported: fmt.Sprintf("there is no target %s, only native and wasip1", target)}})
	}
	for _, option := range request.Options {
		return failed(&builder.BuildError{Value: &builder.BuildError_Unsupported{
			Unsupported: fmt.Sprintf("there is no option %s", option.Item1)}})
	}
	progress(ctx, "compiling", 10)
	name := filepath.Base(filepath.Clean(request.Project)) + suffix(target)
	path := filepath.Join(request.OutDir, name)
	args := []string{"build", "-buildvcs=false", "-o", path}
	if request.Release {
		args = append(args, "-ldflags=-s -w")
	}
	output, err := runGo(ctx, append(args, "."), env)
	if err != nil {
		return failed(&builder.BuildError{Value: &builder.BuildError_Io{Io: err.Error()}})
	}
	if output.ExitCode != 0 {
		list := &builder.BuildError_CompileFailedList{Value: diagnosticsOf(output.Stderr)}
		return failed(&builder.BuildError{Value: &builder.BuildError_CompileFailed{CompileFailed: list}})
	}
	info, err := os.Stat(path)
	if err != nil {
		return failed(&builder.BuildError{Value: &builder.BuildError_Io{Io: err.Error()}})
	}
	made := &builder.BuildOutput{Artifacts: []*builder.Artifact{
		{Path: name, Kind: kindOf(target), Size: uint64(info.Size())},
	}}
	if target == "native" {
		made.Run = &builder.RunCommand{Program: name}
	}
	return &builder.BuildResponse{Result: &builder.BuildResponse_Ok{Ok: made}}, nil
}

func failed(err *builder.BuildError) (*builder.BuildResponse, error) {
	return &builder.BuildResponse{Result: &builder.BuildResponse_Err{Err: err}}, nil
}

func suffix(target string) string {
	if target == "wasip1" {
		return ".wasm"
	}
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

func kindOf(target string) builder.ArtifactKind {
	if target == "wasip1" {
		return builder.ArtifactKind_ARTIFACT_KIND_WASM
	}
	return builder.ArtifactKind_ARTIFACT_KIND_EXECUTABLE
}

func progress(ctx context.Context, message string, percent uint32) {
	// Whether anybody watches is no reason to fail a build.
	_, _ = report.NewReportClient(tenon.Host(ctx)).Progress(ctx, &report.ProgressRequest{Message: message, Percent: &percent})
}

// runGo runs go in the project's folder, which is where tools run by default.
func runGo(ctx context.Context, args []string, env [][2]string) (*tools.ToolOutput, error) {
	options := &tools.ToolOptions{}
	for _, pair := range env {
		options.Env = append(options.Env, &tools.ToolOptions_EnvTuple{Item1: pair[0], Item2: pair[1]})
	}
	response, err := tools.NewToolsClient(tenon.Host(ctx)).RunTool(ctx, &tools.RunToolRequest{Name: "go", Args: args, Options: options})
	if err != nil {
		return nil, err
	}
	if denied := response.GetErr(); denied != nil {
		return nil, fmt.Errorf("go could not be run: %v", denied)
	}
	return response.GetOk(), nil
}
