/** Which version of the files a run's folder holds: `run.json`, `plan.json`, and what they lead to. */
import { UserError } from '../foundation/errors.ts';

/** Raised when a command could no longer read what an earlier version wrote: the prepared corpus, scores, pools, members, the index itself. */
export const RUN_FORMAT = 2;

/** @throws UserError where a run was made by a version of dare that wrote other files. */
export function requireFormat(format: number, folder: string): void {
  if (format === RUN_FORMAT) return;
  throw new UserError(`this run was made by ${format < RUN_FORMAT ? 'an earlier' : 'a later'} version of dare`, {
    where: folder,
    remedy:
      format < RUN_FORMAT
        ? 'give its dare run command again with this version: what has not changed since is taken over'
        : 'update dare, or use the version that made it',
  });
}
