// The Go builder: builds Go projects for `tenon-build`, over gRPC, with the host's own tools.
package main

import (
	"context"
	"strings"

	"google.golang.org/grpc"

	"tenon.dev/builder-go/generated/builder"
	tenon "tenon.dev/go"
)

const contract = "tenon:builder/plugin@0.1.0"

type goBuilder struct {
	builder.UnimplementedBuilderServer
}

func (goBuilder) Info(context.Context, *builder.InfoRequest) (*builder.InfoResponse, error) {
	return &builder.InfoResponse{Value: &builder.PluginInfo{
		Name:        "go",
		Version:     "0.1.0",
		Description: "Go programs with the go command, from a plugin that is itself written in Go.",
		Languages:   []string{"go"},
		Targets:     []string{"native", "wasip1"},
	}}, nil
}

func (goBuilder) Detect(_ context.Context, request *builder.DetectRequest) (*builder.DetectResponse, error) {
	for _, file := range request.Files {
		if file == "go.mod" {
			return &builder.DetectResponse{Value: &builder.Detection{Language: "go", Confidence: 100, Entry: &file}}, nil
		}
	}
	return &builder.DetectResponse{}, nil
}

func (goBuilder) CheckTools(ctx context.Context, _ *builder.CheckToolsRequest) (*builder.CheckToolsResponse, error) {
	status := &builder.ToolStatus{Name: "go", Hint: "install Go 1.25 or newer from https://go.dev/dl"}
	output, err := runGo(ctx, []string{"version"}, nil)
	if err == nil && output.ExitCode == 0 {
		version := strings.TrimSpace(output.Stdout)
		status.Found, status.Version = true, &version
	}
	return &builder.CheckToolsResponse{Value: []*builder.ToolStatus{status}}, nil
}

// What a build makes stands in its out-dir and in Go's own cache, which belongs to all projects.
func (goBuilder) Clean(context.Context, *builder.CleanRequest) (*builder.CleanResponse, error) {
	return &builder.CleanResponse{Result: &builder.CleanResponse_Ok{Ok: &builder.CleanResponse_OkList{}}}, nil
}

func main() {
	tenon.Serve(tenon.Plugin{
		Contract: contract,
		Register: func(server grpc.ServiceRegistrar) { builder.RegisterBuilderServer(server, goBuilder{}) },
	})
}
