import type { Dict } from './en';

const zhTW: Dict = {
  title: '會客廳 Parlor',
};

export default zhTW;
