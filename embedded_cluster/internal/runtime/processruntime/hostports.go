package processruntime

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/network/forward"
)

// openHostPorts leads the ports of the node that the pod asks for to the pod, until ctx ends.
func (s *Server) openHostPorts(ctx context.Context, p *sandbox) error {
	if p.hostNetwork() {
		return nil // its ports are the node's own
	}
	for _, mapping := range p.config.GetPortMappings() {
		if mapping.GetHostPort() == 0 {
			continue
		}
		for _, ip := range s.hostAddresses(mapping.GetHostIp()) {
			at := netip.AddrPortFrom(ip, uint16(mapping.GetHostPort()))        //nolint:gosec // validated by the API server
			to := netip.AddrPortFrom(p.ip, uint16(mapping.GetContainerPort())) //nolint:gosec // as above
			if err := openHostPort(ctx, mapping.GetProtocol(), at, to); err != nil {
				return fmt.Errorf("hostPort %d: %w", mapping.GetHostPort(), err)
			}
		}
	}
	return nil
}

// hostAddresses are where a port without an address is open: one by one, for a datagram must come from where it was sent to.
func (s *Server) hostAddresses(asked string) []netip.Addr {
	if ip, err := netip.ParseAddr(asked); err == nil && !ip.IsUnspecified() {
		return []netip.Addr{ip}
	}
	return []netip.Addr{s.config.NodeIP, netip.AddrFrom4([4]byte{127, 0, 0, 1})}
}

func openHostPort(ctx context.Context, protocol cri.Protocol, at, to netip.AddrPort) error {
	dialer := &net.Dialer{KeepAlive: -1}
	switch protocol {
	case cri.Protocol_TCP:
		listener, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(at))
		if err != nil {
			return err
		}
		context.AfterFunc(ctx, func() { _ = listener.Close() })
		go forward.TCP(ctx, listener, forward.To(to), dialer.DialContext)
	case cri.Protocol_UDP:
		socket, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
		if err != nil {
			return err
		}
		forward.NewUDP(ctx, socket, forward.To(to), dialer.DialContext)
	default:
		return fmt.Errorf("protocol %s is not supported: TCP and UDP are", protocol)
	}
	return nil
}
