// A component's bytes and digest -> its link plan, decoded once per digest in a process, and once per store.
import { planComponent } from "../component/plan-component.ts";
import type { LinkPlan } from "./plan.ts";
import { PLAN_VERSION } from "./plan.ts";
import { planFromText, planToText } from "./plan-json.ts";

/** Where plans outlive the process: a folder, for example. Keys are file-name safe. Failures are the caller's to swallow or not. */
export interface PlanStore {
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
}

export interface PlanCacheOptions {
  readonly store?: PlanStore;
  /** Plans kept in memory, the longest unused dropped first. Default 256: a plan is some tens of KiB. */
  readonly maxPlans?: number;
}

export interface PlanCache {
  /**
   * The plan of the component with this digest; `bytes` are read only where it is not known yet. The digest must be
   * the content's own (SHA-256 in hexadecimal): nothing checks it again. Throws what `planComponent` throws.
   */
  plan(digest: string, bytes: Uint8Array): Promise<LinkPlan>;
}

export function createPlanCache({ store, maxPlans = 256 }: PlanCacheOptions = {}): PlanCache {
  const plans = new Map<string, Promise<LinkPlan>>();
  const load = async (key: string, bytes: Uint8Array): Promise<LinkPlan> => {
    const stored = await store?.read(key);
    const known = stored === undefined ? undefined : planFromText(stored);
    if (known !== undefined) return known;
    const made = planComponent(bytes);
    await store?.write(key, planToText(made));
    return made;
  };
  return {
    plan: (digest, bytes) => {
      const key = `${digest.replace(/[^0-9a-zA-Z]/g, "-")}.plan${PLAN_VERSION}`;
      const found = plans.get(key) ?? load(key, bytes);
      plans.delete(key);
      plans.set(key, found);
      // A component that is refused is looked at again next time: its bytes may come from elsewhere then.
      found.catch(() => plans.delete(key));
      const oldest = plans.keys().next().value;
      if (plans.size > maxPlans && oldest !== undefined) plans.delete(oldest);
      return found;
    },
  };
}
