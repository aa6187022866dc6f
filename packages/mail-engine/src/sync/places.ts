import { z } from 'zod';
import type { Places } from '../model/place';
import type { SliceContext } from './context';

/** How old the list of places may be before it is read again without any sign of a change (labels are renamed silently). */
export const PLACES_MAX_AGE_MS = 15 * 60_000;

const StoredPlaces = z.object({ at: z.number(), ids: z.array(z.string()) });

/** Knows which places the store has, so that no state is committed before the places it names. */
export class PlacesKeeper {
  readonly #context: SliceContext;
  #known: ReadonlySet<string> = new Set();
  #at = -Infinity;
  readonly #inVain = new Set<string>();
  readonly #named = new Set<string>();

  constructor(context: SliceContext, stored: string | undefined) {
    this.#context = context;
    const parsed = StoredPlaces.safeParse(parseJson(stored));
    if (!parsed.success) return;
    this.#known = new Set(parsed.data.ids);
    this.#at = parsed.data.at;
  }

  /** A wall clock that jumped backwards makes them old too. */
  isOld(maxAgeMs: number): boolean {
    const age = this.#context.clock.now() - this.#at;
    return age > maxAgeMs || age < 0;
  }

  /**
   * Reads and commits the places when one of `placeIds` is unknown. What is still unknown after that does not exist any
   * more: the store leaves it out, and it is not asked for again in this slice.
   */
  async ensure(placeIds: Iterable<string>): Promise<void> {
    const unknown = [...placeIds].filter((id) => !this.#known.has(id) && !this.#inVain.has(id));
    if (unknown.length === 0) return;
    for (const id of unknown) this.#named.add(id);
    await this.refresh();
    for (const id of unknown) if (!this.#known.has(id)) this.#inVain.add(id);
  }

  async refresh(): Promise<void> {
    const { provider, clock } = this.#context;
    const at = clock.now();
    const places = this.#withImplied(await this.#context.ask(() => provider.places()));
    const ids = [...places.folders, ...places.labels].map((place) => place.remoteId);
    const value = JSON.stringify({ at, ids });
    await this.#context.commit({ places, cursors: [{ name: 'places', value }] });
    this.#known = new Set(ids);
    this.#at = at;
  }

  /** Labels that exist by being named stay once they were seen; the provider's list may not know them. */
  #withImplied(places: Places): Places {
    const { impliedLabel } = this.#context.provider.capabilities;
    if (!impliedLabel) return places;
    const listed = new Set([...places.folders, ...places.labels].map((place) => place.remoteId));
    const implied = [...new Set([...this.#known, ...this.#named])]
      .filter((id) => !listed.has(id))
      .flatMap((id) => impliedLabel(id) ?? []);
    return implied.length === 0 ? places : { ...places, labels: [...places.labels, ...implied] };
  }
}

export function parseJson(text: string | null | undefined): unknown {
  if (text === null || text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
