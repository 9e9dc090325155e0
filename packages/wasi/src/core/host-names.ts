// The name of one file, as a guest gives it, to whether this system may be asked for it.
import { fault } from "./fault.ts";

/** Device names that Windows finds in every directory, with any extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)(?:\.|$)/i;

/**
 * Throws `notcapable` for names that mean something else than a file of that name. On Windows these are separators, drive letters
 * and streams (`:`), wildcards, device names, and trailing dots and spaces, which it drops. Elsewhere every name is ordinary.
 */
export function checkHostName(name: string, platform: NodeJS.Platform): void {
  if (platform !== "win32") return;
  // eslint-disable-next-line no-control-regex -- control characters are among what is refused
  if (/[\\:*?"<>|\x00-\x1f]/.test(name) || /[. ]$/.test(name) || RESERVED.test(name)) throw fault("notcapable");
}
