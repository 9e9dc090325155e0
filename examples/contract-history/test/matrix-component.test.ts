import { componentDriver } from "tenon/component";
import { FORMS } from "./build.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("component", FORMS.component, componentDriver);
