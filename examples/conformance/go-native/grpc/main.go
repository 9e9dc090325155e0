// The conformance plugin in Go, over gRPC: on the descriptors of `tenon codegen --proto`, which stand in the file that CONFORMANCE_PROTO
// names, so that a thousand lines of generated code need not be kept.
package main

import (
	"context"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	tenon "tenon.dev/go"
)

const (
	valuesService = "tenon.conformance.values.v0_1.Values"
	callsService  = "tenon.conformance.calls.v0_1.Calls"
	hostService   = "tenon.conformance.host.v0_1.Host"
)

// serveFunc fills the response of one function.
type serveFunc func(ctx context.Context, name string, request, response *dynamicpb.Message) error

func main() {
	kind := "conformance"
	if len(os.Args) > 1 {
		kind = os.Args[1]
	}
	plugin := tenon.Plugin{Contract: "tenon:conformance/plugin@0.1.0"}
	switch kind {
	case "throws":
		panic("cannot load on purpose")
	case "stuck":
		time.Sleep(time.Hour)
	case "other-contract":
		plugin.Digest = "abi:sha256:" + strings.Repeat("0", 64)
	}
	files := readDescriptors(os.Getenv("CONFORMANCE_PROTO"))
	host := service(files, hostService)
	plugin.Register = func(server grpc.ServiceRegistrar) {
		register(server, service(files, valuesService), echo)
		register(server, service(files, callsService), calls{host}.serve)
	}
	tenon.Serve(plugin)
}

func readDescriptors(file string) *protoregistry.Files {
	data, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(data, &set); err != nil {
		panic(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		panic(err)
	}
	return files
}

func service(files *protoregistry.Files, name protoreflect.FullName) protoreflect.ServiceDescriptor {
	found, err := files.FindDescriptorByName(name)
	if err != nil {
		panic(err)
	}
	return found.(protoreflect.ServiceDescriptor)
}

// register does what protoc-gen-go-grpc generates.
func register(server grpc.ServiceRegistrar, described protoreflect.ServiceDescriptor, serve serveFunc) {
	methods := described.Methods()
	desc := grpc.ServiceDesc{ServiceName: string(described.FullName())}
	for index := range methods.Len() {
		method := methods.Get(index)
		name := string(method.Name())
		info := &grpc.UnaryServerInfo{FullMethod: "/" + desc.ServiceName + "/" + name}
		handle := func(ctx context.Context, request any) (any, error) {
			response := dynamicpb.NewMessage(method.Output())
			return response, serve(ctx, name, request.(*dynamicpb.Message), response)
		}
		handler := func(_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
			request := dynamicpb.NewMessage(method.Input())
			if err := decode(request); err != nil {
				return nil, err
			}
			return intercept(ctx, request, info, handle)
		}
		desc.Methods = append(desc.Methods, grpc.MethodDesc{MethodName: name, Handler: handler})
	}
	server.RegisterService(&desc, nil)
}

// echo: every result has the layout of its parameter; a result<T, E> stands in the response itself, many are the fields of a tuple.
func echo(_ context.Context, name string, request, response *dynamicpb.Message) error {
	var from, to protoreflect.Message = request, response
	if strings.HasPrefix(name, "EchoResult") {
		from = request.Get(request.Descriptor().Fields().ByName("value")).Message()
	}
	if name == "EchoMany" {
		to = response.Mutable(response.Descriptor().Fields().ByName("value")).Message()
	}
	data, err := proto.Marshal(from.Interface())
	if err != nil {
		return err
	}
	// What is not a field of both would otherwise come back all the same.
	return proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(data, to.Interface())
}
