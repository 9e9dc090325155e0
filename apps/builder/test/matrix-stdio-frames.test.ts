import { stdioDriver } from "tenon/stdio";
import { FORMS } from "./matrix-forms.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("stdio frames", FORMS["stdio frames"], stdioDriver);
