package simnet

import "net"

// hostAddr returns the UDP address of a port of a host.
func (n *Network) hostAddr(name string, port int) (*net.UDPAddr, error) {
	n.lock()
	defer n.unlock()
	h, err := n.find(name)
	if err != nil {
		return nil, err
	}
	return &net.UDPAddr{IP: h.ip4.AsSlice(), Port: port}, nil
}
