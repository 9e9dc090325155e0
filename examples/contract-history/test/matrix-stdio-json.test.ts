import { stdioDriver } from "tenon/stdio";
import { FORMS } from "./build.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("stdio JSON", FORMS["stdio JSON"], stdioDriver);
