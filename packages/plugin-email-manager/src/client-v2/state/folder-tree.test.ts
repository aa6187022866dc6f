import { describe, expect, it } from 'vitest';
import type { Folder } from '../../shared/api';
import { contains, folderTree, readFolding, unreadBelow, writeFolding, type FolderNode } from './folder-tree';

const folder = (id: string, over: Partial<Folder> = {}): Folder => ({
  id,
  accountId: '1',
  name: id,
  role: 'other',
  parentId: null,
  unread: 0,
  unreadPrimary: 0,
  total: 0,
  ...over,
});

const outline = (nodes: readonly FolderNode[]): unknown[] =>
  nodes.map(({ folder: { id }, children }) => (children.length > 0 ? [id, outline(children)] : id));

describe('the folder tree', () => {
  it('puts the inbox first, and folder 10 after folder 9', () => {
    const folders = ['Folder 10', 'trash', 'Folder 9', 'inbox'].map((id) =>
      folder(id, id === 'inbox' || id === 'trash' ? { role: id } : {}),
    );
    expect(outline(folderTree(folders, 'en-US'))).toEqual(['inbox', 'Folder 9', 'Folder 10', 'trash']);
  });

  it('hides no folder whose parent is not mirrored', () => {
    expect(outline(folderTree([folder('a', { parentId: 'hidden' }), folder('b', { parentId: 'a' })], 'en-US'))).toEqual(
      [['a', ['b']]],
    );
  });

  it('neither hangs nor loses folders that stand above themselves', () => {
    const circle = [
      folder('a', { parentId: 'c' }),
      folder('b', { parentId: 'a' }),
      folder('c', { parentId: 'b' }),
      folder('d', { parentId: 'd' }),
      folder('e', { parentId: 'b' }),
    ];
    const shown = JSON.stringify(outline(folderTree(circle, 'en-US')));
    for (const { id } of circle) expect(shown.split(`"${id}"`)).toHaveLength(2);
  });

  it('lets a folded folder hide no unread mail, and knows where the open one is', () => {
    const [root] = folderTree(
      [folder('a'), folder('b', { parentId: 'a', unread: 2 }), folder('c', { parentId: 'b', unread: 3 })],
      'en-US',
    );
    expect(unreadBelow(root!)).toBe(5);
    expect(contains(root!, 'c')).toBe(true);
    expect(contains(root!, 'a')).toBe(false);
    expect(contains(root!, null)).toBe(false);
  });

  it('survives what somebody else wrote into the storage', () => {
    let stored = '{"not":"a list"}';
    const storage = { getItem: () => stored, setItem: (_: string, value: string) => (stored = value) };
    expect(readFolding(storage)).toEqual(new Map());
    stored = '[["a",true],"b",["c","yes"],null]';
    expect([...readFolding(storage)]).toEqual([['a', true]]);
    writeFolding(new Map([['x', false]]), storage);
    expect([...readFolding(storage)]).toEqual([['x', false]]);
  });
});
