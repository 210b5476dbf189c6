import type { Dict } from './en';

const zhCN: Dict = {
  title: '会客厅 Parlor',
};

export default zhCN;
