// The rule as a tree that can be changed: groups {id, kind, children} and conditions {id, kind, body}.
// `body` is the JSON that follows the condition's key; what the builder cannot draw stays as it came.

export const GROUPS = ["all", "any", "none"];

let last = 0;
const name = () => `n${++last}`;

export const isGroup = (node) => GROUPS.includes(node.kind);

// The root is always a group.
export function read(rule) {
  const node = rule && typeof rule === "object" ? readNode(rule) : null;
  if (node && isGroup(node)) return node;
  return { id: name(), kind: "all", children: node ? [node] : [] };
}

function readNode(raw) {
  const [kind, body] = Object.entries(raw ?? {})[0] ?? [null, null];
  if (GROUPS.includes(kind) && Array.isArray(body)) return { id: name(), kind, children: body.map(readNode) };
  const plain = body && typeof body === "object" && Object.keys(raw).length === 1;
  return plain ? { id: name(), kind, body: structuredClone(body) } : { id: name(), kind: "", body: raw };
}

// A part of a rule that came as JSON.
export const made = (raw) => readNode(raw);

export function write(node) {
  if (isGroup(node)) return { [node.kind]: node.children.map(write) };
  return node.kind ? { [node.kind]: node.body } : node.body;
}

// `starts` is the body that a new one begins with.
export function condition(kind, starts) {
  return { id: name(), kind, body: structuredClone(starts), fresh: true };
}

export function group(kind) {
  return { id: name(), kind, children: [], fresh: true };
}

// The same again, under names of its own.
export function copy(node) {
  const made = { ...structuredClone(node), id: name() };
  if (isGroup(made)) made.children = made.children.map(copy);
  return made;
}

// Every node with its path as the server says it, parents first.
export function* walk(node, path = "") {
  yield [path, node];
  if (!isGroup(node)) return;
  for (const [at, child] of node.children.entries()) yield* walk(child, path ? `${path}.${at}` : `${at}`);
}

// Where a node is: {node, parent, at}; the root has no parent.
export function find(root, id, parent = null, at = 0) {
  if (root.id === id) return { node: root, parent, at };
  for (const [index, child] of (root.children ?? []).entries()) {
    const found = find(child, id, root, index);
    if (found) return found;
  }
  return null;
}

// How many groups there are from the root to this one, counted in.
export function depth(root, id) {
  const found = find(root, id);
  return found.parent ? 1 + depth(root, found.parent.id) : 1;
}

const height = (node) => (isGroup(node) ? 1 + Math.max(0, ...node.children.map(height)) : 0);

// One step up or down the page: past a condition, into a group, out at its end. False at the ends of the rule.
export function move(root, id, step, deepest) {
  const { node, parent, at } = find(root, id);
  if (!parent) return false;
  const beside = parent.children[at + step];
  if (beside && isGroup(beside) && depth(root, beside.id) + height(node) <= deepest) {
    parent.children.splice(at, 1);
    beside.children.splice(step > 0 ? 0 : beside.children.length, 0, node);
    return true;
  }
  if (beside) {
    parent.children.splice(at, 1);
    parent.children.splice(at + step, 0, node);
    return true;
  }
  const above = find(root, parent.id);
  if (!above.parent) return false;
  parent.children.splice(at, 1);
  above.parent.children.splice(above.at + (step > 0 ? 1 : 0), 0, node);
  return true;
}
