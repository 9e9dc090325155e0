import { grpcDriver } from "tenon/grpc";
import { FORMS } from "./matrix-forms.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("grpc", FORMS.grpc, grpcDriver);
