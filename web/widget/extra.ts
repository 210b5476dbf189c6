// The sheet of the lazy chunks. A link, because Vite's own way costs everybody a kilobyte.
import { el } from './dom';
import sheet from './extra.css?url';

document.head.append(el('link', { rel: 'stylesheet', href: sheet }));
