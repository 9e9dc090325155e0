import { dylibDriver } from "tenon/dylib";
import { FORMS } from "./matrix-forms.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("dylib", FORMS.dylib, dylibDriver);
testMatrix("dylib process", FORMS["dylib process"], dylibDriver);
