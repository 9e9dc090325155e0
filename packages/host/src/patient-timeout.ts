// A timeout that blames nobody for a held event loop: what arrived meanwhile is read before the verdict.

/** A timer that is this late was held up by the host itself. */
const LATE_MS = 100;
/** What an answer that is there needs to be read, on a busy machine. */
const GRACE_MS = 250;

/** Runs `expire` after `ms`, or `GRACE_MS` later if the host's loop was held when the time came. The result cancels it. */
export function patientTimeout(ms: number, expire: () => void): () => void {
  const due = performance.now() + ms;
  let timer = setTimeout(() => {
    if (performance.now() - due < LATE_MS) return expire();
    timer = setTimeout(expire, GRACE_MS);
  }, ms);
  return () => clearTimeout(timer);
}
