// What it takes to plan and compile, without what runs a component: a thread that only prepares loads half as much.
export { planComponent } from "./component/plan-component.ts";
export { engine } from "./webassembly.ts";
