// CAP-MATRIX in Landlock: every boundary that starts processes.
import { tryMechanism } from "./confined-columns.ts";

tryMechanism("landlock");
