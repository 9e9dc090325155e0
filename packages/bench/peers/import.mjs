// The name of a peer -> its module, as found from this folder.
export default (name) => import(name);
