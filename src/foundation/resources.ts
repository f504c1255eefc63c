/**
 * What work takes and gives back, whatever becomes of it: a model's weights, and the programs that use them.
 *
 * It is given back the last taken first, as programs use weights that were there before them. Each is put in charge as soon as it is there, so that what is half made
 * is given back too: weights whose program cannot be made leave the room that smaller work needs.
 */
export interface Resource {
  dispose(): Promise<void>;
}

export class Resources implements Resource {
  readonly #held: Resource[] = [];

  /** Takes charge of a resource. @returns the resource. */
  add<R extends Resource>(resource: R): R {
    this.#held.push(resource);
    return resource;
  }

  /** Gives everything back. May be called more than once. @throws what the first threw that could not be given back; the others are, all the same. */
  async dispose(): Promise<void> {
    const errors: unknown[] = [];
    for (const resource of this.#held.splice(0).reverse()) {
      await resource.dispose().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }
}
