// CAP-MATRIX in bubblewrap: every boundary that starts processes.
import { tryMechanism } from "./confined-columns.ts";

tryMechanism("bubblewrap");
