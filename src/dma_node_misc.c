// SPDX-License-Identifier: GPL-2.0
/*
 * The node where the kernel's heap framework is not there, or not for modules: a device of
 * our own, which to a process is the same.
 */
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <uapi/linux/dma-heap.h>

#include "dma_buf.h"
#include "dma_node.h"

static bool is_valid(const struct dma_heap_allocation_data *data)
{
	return !data->fd && !(data->fd_flags & ~DMA_HEAP_VALID_FD_FLAGS) && !data->heap_flags &&
	       PAGE_ALIGN(data->len);
}

/* The caller knows the number of the descriptor before anybody can use it. */
static int make(struct dma_heap_allocation_data *data, void __user *arg, size_t size)
{
	struct dma_buf *buf = psc_dma_buf_make(PAGE_ALIGN(data->len), data->fd_flags);
	int fd;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	fd = get_unused_fd_flags(data->fd_flags);
	if (fd < 0)
		goto put;
	data->fd = fd;
	if (copy_to_user(arg, data, size)) {
		put_unused_fd(fd);
		fd = -EFAULT;
		goto put;
	}
	fd_install(fd, buf->file);
	return 0;
put:
	dma_buf_put(buf);
	return fd;
}

/* As the kernel's: the number says which command it is, and a struct may be of any size. */
static long node_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct dma_heap_allocation_data data = {};
	size_t size = min_t(size_t, _IOC_SIZE(cmd), sizeof(data));

	if (_IOC_NR(cmd) != _IOC_NR(DMA_HEAP_IOCTL_ALLOC))
		return -EINVAL;
	if (cmd & IOC_IN && copy_from_user(&data, (void __user *)arg, size))
		return -EFAULT;
	if (!is_valid(&data))
		return -EINVAL;
	return make(&data, (void __user *)arg, cmd & IOC_OUT ? size : 0);
}

static const struct file_operations fops = {
	.owner		= THIS_MODULE,
	.open		= nonseekable_open,
	.unlocked_ioctl	= node_ioctl,
	.compat_ioctl	= node_ioctl,
};

static struct miscdevice node = {
	.minor		= MISC_DYNAMIC_MINOR,
	.name		= PSC_HEAP_NAME,
	.nodename	= "dma_heap/" PSC_HEAP_NAME,
	.fops		= &fops,
	.mode		= 0600,
};

/**
 * psc_node_add() - make the node
 *
 * Return: 0 or an error
 */
int psc_node_add(void)
{
	return misc_register(&node);
}

/** psc_node_remove() - take it away */
void psc_node_remove(void)
{
	misc_deregister(&node);
}
