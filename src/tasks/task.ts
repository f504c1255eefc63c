/**
 * A step of a run as data.
 *
 * A task says what is to be done (kind, parameters) and with what (other tasks' results). Its key is the hash of all that, so that equal steps
 * of different runs are the same task, and a changed setting changes the keys of just the steps that depend on it. Tasks hold only plain
 * data: any process can execute one that has the store at hand.
 */
import { hashOf } from '../foundation/hash.ts';
import type { Json } from '../foundation/hash.ts';

export const TASK_KINDS = [
  'corpus',
  'random-model',
  'generator',
  'judge',
  'pool',
  'given-pool',
  'reviewed-pool',
  'quality',
  'member',
  'scores',
] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** Raised when a kind's results change for the same parameters, so that old results are not taken for new ones. */
export const VERSIONS: Readonly<Record<TaskKind, number>> = {
  corpus: 3,
  'random-model': 2,
  generator: 1,
  judge: 1,
  pool: 3,
  'given-pool': 1,
  'reviewed-pool': 2,
  quality: 1,
  member: 4,
  scores: 5,
};

export interface Task {
  readonly kind: TaskKind;
  /** For people, and part of the folder's name: "generator induces". */
  readonly name: string;
  readonly parameters: Json;
  /** By role. */
  readonly inputs: Readonly<Record<string, Task>>;
  /** Hash of all that the result depends on. */
  readonly key: string;
}

export function makeTask(
  kind: TaskKind,
  name: string,
  parameters: Json,
  inputs: Readonly<Record<string, Task>> = {},
): Task {
  const inputKeys = Object.fromEntries(Object.entries(inputs).map(([role, task]) => [role, task.key]));
  const key = hashOf({ kind, version: VERSIONS[kind], parameters: withoutPlaces(parameters), inputs: inputKeys });
  return { kind, name, parameters, inputs, key };
}

/** Parameters that say where files lie. */
const PLACES = ['path', 'folder', 'meshTree'];

/** Where files lie says nothing about a result beside the hash of what they hold: moved ones are the same. */
function withoutPlaces(parameters: Json): Json {
  if (typeof parameters !== 'object' || parameters === null) return parameters;
  if (Array.isArray(parameters)) return parameters.map((each: Json) => withoutPlaces(each));
  const isHashed = 'hash' in parameters;
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      isHashed && PLACES.includes(name) ? [] : [[name, withoutPlaces(value as Json)]],
    ),
  );
}
/** Threads of the device that a task runs on: 1 where it trains and samples nothing. They decide how results are rounded. */
export function threadsOf(task: Task): number {
  const threads = parameterOf(task, 'threads');
  return typeof threads === 'number' ? threads : 1;
}

/** What a task's model runs on: device, processor and library; null where it asks no model. */
export function engineOf(task: Task): string | null {
  const engine = parameterOf(task, 'engine');
  return typeof engine === 'string' ? engine : null;
}

function parameterOf({ parameters }: Task, name: string): Json | undefined {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return undefined;
  return (parameters as Readonly<Record<string, Json>>)[name];
}

/**
 * The tasks that these need, each once, in an order in which they can be done.
 * @param isLeaf tasks whose inputs are not looked at.
 */
export function inOrder(goals: readonly Task[], isLeaf: (task: Task) => boolean = () => false): Task[] {
  const ordered = new Map<string, Task>();
  const visit = (task: Task) => {
    if (ordered.has(task.key)) return;
    if (!isLeaf(task)) for (const input of Object.values(task.inputs)) visit(input);
    ordered.set(task.key, task);
  };
  goals.forEach(visit);
  return [...ordered.values()];
}
