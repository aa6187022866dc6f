const KEY = 'email-manager.images-from';
const LIMIT = 500;

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;

function read(storage: Storage): string[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
  } catch {
    return [];
  }
}

/** Whether this browser loads remote images of this sender without asking. */
export function imagesAllowedFrom(address: string, storage: Storage): boolean {
  return address !== '' && read(storage).includes(address.toLowerCase());
}

/** Remembered in this browser only; the oldest of more than 500 senders is forgotten. */
export function allowImagesFrom(address: string, storage: Storage): void {
  const others = read(storage).filter((entry) => entry !== address.toLowerCase());
  storage.setItem(KEY, JSON.stringify([...others, address.toLowerCase()].slice(-LIMIT)));
}
