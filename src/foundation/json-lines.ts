/** JSON Lines: one JSON value a line. Read as a stream, checked line by line; written whole. */
import type { z } from 'zod';
import { messageOf, UserError } from './errors.ts';
import { writeFileAtomically } from './files.ts';
import { readLines } from './lines.ts';

/** Yields each value with its line number (from 1); blank lines are skipped. @throws UserError with `file:line`. */
export async function* readJsonLines<T>(
  path: string,
  schema: z.ZodType<T>,
): AsyncGenerator<{ value: T; line: number }> {
  for await (const { text, line } of readLines(path)) {
    if (text.trim() !== '') yield { value: parseLine(text, schema, `${path}:${line}`), line };
  }
}

function parseLine<T>(text: string, schema: z.ZodType<T>, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`not valid JSON: ${messageOf(error)}`, { where, remedy: 'every line is one JSON value' });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError(`${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'invalid'}`, {
    where,
    remedy: 'correct the line, or take it out',
  });
}

/** All values of a JSON Lines file. */
export async function readAllJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const { value } of readJsonLines(path, schema)) values.push(value);
  return values;
}

/** Writes values one a line, atomically. */
export async function writeJsonLines(path: string, values: Iterable<unknown>): Promise<void> {
  await writeFileAtomically(path, [...values].map((value) => `${JSON.stringify(value)}\n`).join(''));
}
