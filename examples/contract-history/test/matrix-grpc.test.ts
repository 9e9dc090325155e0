import { grpcDriver } from "tenon/grpc";
import { FORMS } from "./build.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("grpc", FORMS.grpc, grpcDriver);
