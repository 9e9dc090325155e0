// Functions that outlive what stands behind them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lateCall } from "@tenon/abi/canonical";

for (const arity of [0, 1, 2, 3, 5]) {
  test(`of ${arity} parameters: made at the first call, and anew after a reset`, () => {
    let made = 0;
    const { call, reset } = lateCall(arity, () => {
      const number = ++made;
      return (...args) => [number, ...args];
    });
    assert.equal(made, 0);
    const args = Array.from({ length: arity }, (_, index) => index + 10);
    assert.deepEqual(call(...args), [1, ...args]);
    assert.deepEqual(call(...args), [1, ...args]);
    reset();
    assert.equal(made, 1);
    assert.deepEqual(call(...args), [2, ...args]);
  });
}

test("more arguments than parameters are passed on, for what is called to refuse", () => {
  const { call } = lateCall(
    2,
    () =>
      (...args) =>
        args.length,
  );
  assert.equal(call(1, 2, 3, 4), 4);
});

test("what making it throws, the call throws, and the next call tries again", () => {
  let tries = 0;
  const { call } = lateCall(0, () => {
    if (++tries < 3) throw new Error(`try ${tries}`);
    return () => "there";
  });
  assert.throws(() => call(), /try 1/);
  assert.throws(() => call(), /try 2/);
  assert.equal(call(), "there");
});

test("a reset within the call takes effect at the next one", () => {
  let made = 0;
  const late = lateCall(0, () => {
    const number = ++made;
    return () => {
      late.reset();
      return number;
    };
  });
  assert.deepEqual([late.call(), late.call()], [1, 2]);
});

test("two of one arity do not know of each other", () => {
  const [one, other] = [lateCall(1, () => () => "one"), lateCall(1, () => () => "other")];
  assert.deepEqual([one.call(0), other.call(0), one.call(0)], ["one", "other", "one"]);
});
