// CAP-MATRIX in namespaces: every boundary that starts processes.
import { tryMechanism } from "./confined-columns.ts";

tryMechanism("namespaces");
