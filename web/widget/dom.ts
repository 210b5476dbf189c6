// The chat's elements are the shared ones.
export * from '../ui/dom';
