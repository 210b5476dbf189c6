import { useEffect } from 'preact/hooks';
import { navigate } from '../../router';

export default function Settings() {
  useEffect(() => navigate('/settings/profile', { replace: true }), []);
  return null;
}
