package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	tenon "tenon.dev/go"
)

type calls struct {
	host protoreflect.ServiceDescriptor
}

func (c calls) serve(ctx context.Context, name string, request, response *dynamicpb.Message) error {
	number := func() uint32 { return uint32(first(request).Uint()) }
	give := func(value any, err error) error {
		if err == nil {
			response.Set(response.Descriptor().Fields().ByName("value"), protoreflect.ValueOf(value))
		}
		return err
	}
	switch name {
	case "Fail":
		return errors.New(first(request).String())
	case "Spin":
		for {
		}
	case "Exit":
		os.Exit(int(number()))
	case "Sleep":
		time.Sleep(time.Duration(number()) * time.Millisecond)
		return give(number(), nil)
	case "Flood":
		line := strings.Repeat("x", 79)
		for range number() {
			fmt.Println(line)
			fmt.Fprintln(os.Stderr, line)
		}
	case "LateThrow":
		time.AfterFunc(time.Millisecond, func() { panic("thrown outside of any call") })
	case "CallHost":
		return give(c.number(ctx, "Double", number()))
	case "CallHostAsync":
		return give(c.number(ctx, "DoubleLater", number()))
	case "CallHostFailing":
		return give(c.number(ctx, "Broken"))
	case "Reenter":
		if number() == 0 {
			return nil
		}
		inner, err := c.number(ctx, "Reenter", number()-1)
		return give(inner+1, err)
	case "Big":
		bytes := make([]byte, number())
		for index := range bytes {
			bytes[index] = byte(index % 251)
		}
		return give(bytes, nil)
	case "WaitCancel":
		note := "waited"
		select {
		case <-ctx.Done():
			note = "cancelled"
		case <-time.After(time.Duration(number()) * time.Millisecond):
		}
		// The call is over, but not what it still wants to say.
		_, err := c.call(context.WithoutCancel(ctx), "Note", note)
		return err
	case "LogLines":
		lines := first(request).List()
		for index := range lines.Len() {
			fmt.Println(lines.Get(index).String())
		}
	}
	return nil
}

func (c calls) number(ctx context.Context, name string, args ...any) (uint32, error) {
	reply, err := c.call(ctx, name, args...)
	if err != nil {
		return 0, err
	}
	return uint32(first(reply).Uint()), nil
}

// call calls a host function as a generated client does.
func (c calls) call(ctx context.Context, name string, args ...any) (*dynamicpb.Message, error) {
	method := c.host.Methods().ByName(protoreflect.Name(name))
	request, reply := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
	for index, value := range args {
		request.Set(method.Input().Fields().Get(index), protoreflect.ValueOf(value))
	}
	path := fmt.Sprintf("/%s/%s", c.host.FullName(), name)
	return reply, tenon.Host(ctx).Invoke(ctx, path, request, reply)
}

func first(message *dynamicpb.Message) protoreflect.Value {
	return message.Get(message.Descriptor().Fields().Get(0))
}
