// Reads text/event-stream: the data of each event, whatever the pieces it arrives in.

/** Feed it what comes; it hands back the events that are complete. */
export function eventReader(): (bytes: Uint8Array) => string[] {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    const found: string[] = [];
    for (const raw of lines) {
      const line = raw.replace(/\r$/, '');
      if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
      else if (!line && data.length) {
        found.push(data.join('\n'));
        data = [];
      }
      // A comment or a field we have no use for says that the line lives, and no more.
    }
    return found;
  };
}
