import type { Rng } from '../../random';
import { hexDigits } from '../../random';

export interface MasterCategory {
  id: string;
  displayName: string;
  /** `none` or `preset0` to `preset24`. */
  color: string;
}

const DEFAULT_COLOURS = ['Red', 'Orange', 'Yellow', 'Green', 'Blue', 'Purple'];
const PRESETS: Record<string, string> = {
  Red: 'preset0',
  Orange: 'preset1',
  Yellow: 'preset3',
  Green: 'preset4',
  Blue: 'preset7',
  Purple: 'preset8',
};

export function isCategoryColour(text: string): boolean {
  return text === 'none' || /^preset(\d|1\d|2[0-4])$/.test(text);
}

/** The master list. Messages may carry categories that are not in it: they name them, nothing more. */
export class Categories {
  private list: MasterCategory[];

  constructor(private readonly rng: Rng) {
    this.list = DEFAULT_COLOURS.map((name) => ({
      id: this.newId(),
      displayName: `${name} category`,
      color: PRESETS[name] ?? 'none',
    }));
  }

  all(): readonly MasterCategory[] {
    return this.list;
  }

  get(id: string): MasterCategory | undefined {
    return this.list.find((c) => c.id === id.toLowerCase());
  }

  findByName(name: string): MasterCategory | undefined {
    const wanted = name.toLowerCase();
    return this.list.find((c) => c.displayName.toLowerCase() === wanted);
  }

  create(displayName: string, color = 'none'): MasterCategory {
    const category = { id: this.newId(), displayName, color };
    this.list.push(category);
    return category;
  }

  remove(category: MasterCategory): void {
    this.list = this.list.filter((c) => c !== category);
  }

  private newId(): string {
    const digits = hexDigits(this.rng, 32);
    return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
      '-',
    );
  }
}
