import { stdioDriver } from "tenon/stdio";
import { FORMS } from "./build.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("stdio frames", FORMS["stdio frames"], stdioDriver);
