import { expect, test } from 'vitest';
import { createRng, pick } from '../../random';
import type { Rng } from '../../random';
import { ANN, createTestGraph } from './test-graph';
import type { TestGraph } from './test-graph';

interface Known {
  id: string;
  isRead: boolean;
  parentFolderId: string;
  categories: string[];
}

interface Page {
  value: ({ id: string; '@removed'?: unknown } & Record<string, unknown>)[];
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
}

const PREFER = { prefer: 'IdType="ImmutableId", odata.maxpagesize=5' };
const SELECT = '$select=isRead,parentFolderId,categories';

/** A client by the book: delta of every folder, and what was removed or shows in part is looked up by its id. */
class Follower {
  readonly messages = new Map<string, Known>();
  private readonly links = new Map<string, string>();
  private treeLink = `/me/mailFolders/delta?$select=displayName`;
  private readonly folders = new Set<string>();

  constructor(private readonly g: TestGraph) {}

  async round(between: () => void): Promise<void> {
    await this.read(this.treeLink, between, (item) => {
      if (item['@removed']) this.forgetFolder(item.id);
      else this.folders.add(item.id);
    }).then((link) => (this.treeLink = link));
    for (const folder of [...this.folders]) {
      const link = this.links.get(folder) ?? `/me/mailFolders/${folder}/messages/delta?${SELECT}`;
      const left: string[] = [];
      try {
        const next = await this.read(link, between, (item) => {
          // A message that was only read shows without the rest of it.
          if (item['@removed'] || !('categories' in item)) left.push(item.id);
          else this.messages.set(item.id, item as unknown as Known);
        });
        this.links.set(folder, next);
      } catch {
        this.links.delete(folder);
      }
      for (const id of left) await this.lookUp(id);
    }
  }

  private async lookUp(id: string): Promise<void> {
    const { status, json } = await this.g.call('GET', `/me/messages/${id}?${SELECT}`);
    if (status === 200 && this.folders.has((json as Known).parentFolderId)) this.messages.set(id, json as Known);
    else this.messages.delete(id);
  }

  private forgetFolder(id: string): void {
    this.folders.delete(id);
    this.links.delete(id);
    for (const message of [...this.messages.values()]) {
      if (message.parentFolderId === id) this.messages.delete(message.id);
    }
  }

  private async read(first: string, between: () => void, take: (item: Page['value'][number]) => void): Promise<string> {
    let link: string | undefined = first;
    for (;;) {
      const answer = await this.g.call('GET', link, { headers: PREFER });
      if (answer.status !== 200) throw new Error(String(answer.status));
      const page = answer.json as Page;
      page.value.forEach(take);
      between();
      if (page['@odata.deltaLink'] !== undefined) return page['@odata.deltaLink'];
      link = page['@odata.nextLink'] ?? '';
    }
  }
}

function happen(g: TestGraph, rng: Rng, names: { next: number }): void {
  const { control } = g;
  const paths = ['inbox', 'archive', 'deleteditems', 'sentitems', 'Projects', 'Projects/Alpha', '家庭'];
  const known = (path: string) => !path.startsWith('Projects') || g.mailbox.folders.findByPath(path) !== undefined;
  const folder = pick(rng, paths.filter(known));
  const to = pick(rng, paths.filter(known));
  const choice = { account: ANN, folder, count: 1 + Math.floor(rng() * 3) };
  switch (Math.floor(rng() * 11)) {
    case 0:
      control.newMail({ account: ANN, count: 2 });
      break;
    case 1:
      control.newMail({ account: ANN, subject: 'Old', date: g.clock.now() - rng() * 1e10, folder });
      break;
    case 2:
      control.markRead(choice);
      break;
    case 3:
      control.markUnread(choice);
      break;
    case 4:
      control.categorise({ ...choice, add: [pick(rng, ['Red', 'Blue'])], remove: ['Blue'] });
      break;
    case 5:
    case 6:
      control.move({ ...choice, to });
      break;
    case 7:
      control.moveThereAndBack({ ...choice, via: to });
      break;
    case 8:
      control.deleteForever({ ...choice, count: 1 });
      break;
    case 9: {
      const name = `Folder ${names.next++}`;
      control.createFolder({ account: ANN, name });
      control.move({ ...choice, to: name });
      break;
    }
    default: {
      const made = [...g.mailbox.folders.visible()].find((f) => f.displayName.startsWith('Folder '));
      if (made) control.deleteFolder({ account: ANN, folder: g.mailbox.folderId(made) });
    }
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('a client that follows the rules ends with the truth (%i)', async (seed) => {
  const g = createTestGraph({ account: { messages: 120, seed } });
  const rng = createRng(seed);
  const names = { next: 1 };
  const follower = new Follower(g);
  for (let i = 0; i < 12; i++) {
    await follower.round(() => {
      g.clock.advance(1000);
      if (rng() < 0.3) happen(g, rng, names);
    });
    for (let k = 0; k < 5; k++) happen(g, rng, names);
  }
  const quiet = () => undefined;
  await follower.round(quiet);
  await follower.round(quiet);
  const truth = g.control.truth({ account: ANN }).messages;
  const expected = Object.entries(truth).map(([id, m]) => [id, m.parentFolderId, m.isRead, m.categories]);
  const actual = [...follower.messages.values()].map((m) => [m.id, m.parentFolderId, m.isRead, m.categories]);
  expect(actual.sort()).toEqual(expected.sort());
  expect(actual.length).toBeGreaterThan(100);
});
