import { componentDriver } from "tenon/component";
import { FORMS } from "./matrix-forms.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("component", FORMS.component, componentDriver);
